grep -r ip_forward /etc/sysctl.conf /etc/sysctl.d
