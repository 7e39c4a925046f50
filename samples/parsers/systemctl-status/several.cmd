systemctl status docker firewalld session-1.scope etcd
