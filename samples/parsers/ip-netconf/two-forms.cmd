ip netconf
