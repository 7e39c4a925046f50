fping nosuch.local 10.71.2.2
