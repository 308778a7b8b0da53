"""How untrusted text and programs are judged: outcomes, isolated processes, the sandbox."""
