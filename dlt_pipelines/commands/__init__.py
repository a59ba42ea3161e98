"""The commands of `tieout`: their words, and what they show."""
