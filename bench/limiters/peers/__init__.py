"""The peers behind one face: a small file for each package, imported where it is measured."""
