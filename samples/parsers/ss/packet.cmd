ss -0na
