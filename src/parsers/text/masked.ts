/** `10.xx.x6.112`, `10.*.*.5`, `x.x.x.x`: somebody hid the address. A name of four labels has other letters too. */
const MASKED = /^(?=[^xX*]*[xX*])[\dxX*]+(?:\.[\dxX*]+){3,4}(?:[/#:]\d+)?$/;

/** Is this an address with parts of it hidden? */
export const isMasked = (text: string): boolean => text.length < 64 && MASKED.test(text);
