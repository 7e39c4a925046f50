cat /etc/sysconfig/network/ifcfg-eth1
