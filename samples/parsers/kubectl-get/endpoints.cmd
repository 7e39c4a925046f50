kubectl get ep
