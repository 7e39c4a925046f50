cat /etc/redhat-release
