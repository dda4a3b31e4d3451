// In the process of the service: measures how long each turn of the event loop keeps the processor, and tells the longest.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const EVERY_MS = 5;

const delay = monitorEventLoopDelay({ resolution: EVERY_MS });
delay.enable();
let longestMs = 0;
let last = process.threadCpuUsage();
setInterval(() => {
  const now = process.threadCpuUsage();
  longestMs = Math.max(longestMs, (now.user + now.system - last.user - last.system) / 1_000);
  last = now;
}, EVERY_MS).unref();

process.on('message', () => {
  // Of both, since one counts what other processes do, and the other adds up short turns.
  process.send?.(Math.min(longestMs, delay.max / 1_000_000));
  delay.reset();
  longestMs = 0;
});
process.channel?.unref();
