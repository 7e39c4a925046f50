brctl show br-none
