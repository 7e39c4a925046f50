dig @10.71.2.4 +bogus x
