/** How many times longer than on an idle machine all takes, and how long is waited: a guest without KVM is slow (vm/). */
export const IN_MACHINE = process.env.LAB_SLOW !== undefined;
export const SLOW = Number(process.env.LAB_SLOW ?? 1);
