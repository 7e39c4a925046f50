ip maddr
