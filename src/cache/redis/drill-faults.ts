import { connectionRefused, type ServiceFaults } from '../../resilience/drills/service-faults.ts';

/** How Redis fails. @param limitMs of a call */
export function redisFaults(limitMs: number): ServiceFaults {
  return {
    limitMs,
    limit: 'attempt',
    errors: {
      refuse: connectionRefused,
      garbage: () => new Error('Unknown RESP type'),
    },
  };
}
