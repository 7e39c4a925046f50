export * from './at.js';
export * from './capture.js';
export * from './file.js';
export * from './ip.js';
export * from './parser.js';
export * from './reason.js';
export * from './text.js';
