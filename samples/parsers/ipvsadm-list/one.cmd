ipvsadm -Ln -t 10.96.0.1:443
