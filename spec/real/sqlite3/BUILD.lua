-- What several generators read from the top of the tree.
export_files { "VERSION", "manifest", "manifest.uuid" }
