"""moto's AWS emulator, with what it lacks for a rehearsal of the cluster stack."""
