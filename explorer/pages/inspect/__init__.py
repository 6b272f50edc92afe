"""The page that shows one run or model in detail."""
