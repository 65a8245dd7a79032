/** Owns how much of a processor this process has taken; what else runs beside it is not in it. */

/** Milliseconds since it began, of its own code and of the kernel for it. */
export const ownProcessorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
