/** Cuts a kept word loose from the text that it is a slice of, so that V8 can let that go; up to twelve characters are copies anyway. */
export const own = (text: string): string => (text.length < 13 ? text : ` ${text}`.slice(1));
