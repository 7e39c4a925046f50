host kubernetes.default 10.96.0.10
