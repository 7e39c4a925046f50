tshark -n -r crafted.pcap -T fields -e frame.time_epoch -e ip.src -e ip.dst -e udp.srcport -e udp.dstport
