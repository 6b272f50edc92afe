"""Reader of free English captions: attribute-noun pairs, and captions with exchanged attributes."""
