"""What runs inside the sandbox: sent there as compiled code, so these modules import only each other."""
