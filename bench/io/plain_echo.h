/* Echo without any framework: what a loop over io_uring costs, to compare with. */
#ifndef TROUPE_BENCH_IO_PLAIN_ECHO_H_
#define TROUPE_BENCH_IO_PLAIN_ECHO_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Accepts `connections` on the listening descriptor and sends back what they send, until all have
 * ended. One thread, one ring of the kind that the runtime uses, with its features: a registered
 * ring, registered files, multishot receive into provided buffers. Ends the process on an error. */
void plain_echo_server(int listener, unsigned connections);

/* Connects `connections` times to 127.0.0.1:`port`, sends `bytes` on each and waits for them to
 * come back, `round_trips` times on each; the connections take their turns independently. Returns
 * the seconds from the first send to the last receive. */
double plain_echo_client(uint16_t port, unsigned connections, unsigned bytes, uint64_t round_trips);

#ifdef __cplusplus
}
#endif

#endif
