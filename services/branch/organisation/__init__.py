"""The branch itself as a subject (M42): what it did, filed for the township to decide; its year."""
