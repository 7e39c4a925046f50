kubectl describe endpointslice web-7hxkz
