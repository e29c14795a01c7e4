"""Engine: how the steps of a training are computed. Every way is checked against the plain one before it is used."""
