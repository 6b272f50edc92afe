"""The tab Your own scene."""
