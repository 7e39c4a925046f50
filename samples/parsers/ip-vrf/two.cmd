ip vrf show
