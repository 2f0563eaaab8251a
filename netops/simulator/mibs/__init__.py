"""The MIBs that simulated devices show, a module per subject; each gives fillers for a blueprint."""
