cat /etc/sysconfig/flanneld
