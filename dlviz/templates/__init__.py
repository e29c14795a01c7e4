"""Templates: networks that many know, drawn for the data at hand; one file each."""
