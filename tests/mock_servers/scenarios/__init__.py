"""Markets worth testing against, by name: a TOML file each, and the code that reads them."""
