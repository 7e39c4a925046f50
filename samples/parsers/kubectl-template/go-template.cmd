kubectl get pods -n shop -o go-template={{range.items}}{{.metadata.name}}{{"\x20"}}{{.status.podIP}}{{"\x20"}}{{.spec.nodeName}}{{"\n"}}{{end}}
