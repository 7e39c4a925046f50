ps auxf
