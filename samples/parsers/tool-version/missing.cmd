ipset --version
