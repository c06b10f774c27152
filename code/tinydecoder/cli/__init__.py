"""The command line: python -m tinydecoder train | translate | evaluate | bench."""
