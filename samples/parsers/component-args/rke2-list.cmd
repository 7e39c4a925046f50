cat /etc/rancher/rke2/config.yaml
