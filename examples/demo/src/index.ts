export { paintFor, type Paint } from './output/paint.js';
export { runDemo, type DemoOptions } from './runDemo.js';
