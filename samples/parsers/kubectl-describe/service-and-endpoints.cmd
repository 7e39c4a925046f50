kubectl describe svc,ep web empty
