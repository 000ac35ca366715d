"""The pages: handler and template of each under one name, in a folder for each part of the site."""
