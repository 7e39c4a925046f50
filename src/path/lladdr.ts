/** An lladdr of all or of several (is_multicast_ether_addr): every card that hears such a frame takes it. */
export const isGroup = (lladdr: string | undefined): boolean =>
  lladdr !== undefined && /^[\da-f][13579bdf]:/i.test(lladdr);

/** The lladdr of a virtual router (VRRP and CARP, RFC 5798): who has it at the moment tells the switches so each second. */
export const isRouterGroup = (lladdr: string): boolean => /^00:00:5e:00:0[12]:/i.test(lladdr);
