ip -6 -d netconf show
