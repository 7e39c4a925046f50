cat /etc/sysctl.d/99-kubernetes.conf
