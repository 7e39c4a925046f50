ovs-vsctl show
