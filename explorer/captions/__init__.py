"""Free English captions to attribute-noun pairs, and every caption in which two objects have exchanged attributes."""
