/*
 * Programs peers as fast as a small program can: the same objects as Weft's, in the same order, packed into few sends on one netlink
 * socket; only the last message of each send asks for an acknowledgement. Reads a line for each object from standard input:
 *
 *   neigh IFINDEX ADDRESS MAC | fdb IFINDEX MAC ADDRESS | nexthop ID IFINDEX ADDRESS | route PREFIX LENGTH ID SOURCE
 *
 * Prints the time from the first byte encoded to the last acknowledgement, and the CPU time in it, in microseconds. What is read before
 * is not counted: a program of its own would have it in memory.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define PROTOCOL 87
#define SEND_SIZE (256 * 1024)
#define ROOM 256

enum kind { NEIGH, FDB, NEXTHOP, ROUTE };

struct object {
  enum kind kind;
  uint32_t index, id, address, other;
  uint8_t mac[6], length;
};

static char buffer[SEND_SIZE + ROOM];
static size_t used;
static uint32_t sequence;
static struct nlmsghdr *last;
static int fd;

static void fail(const char *what, int error) {
  fprintf(stderr, "%s: %s\n", what, strerror(error));
  exit(1);
}

static void *begin(uint16_t type, size_t fixed) {
  last = (struct nlmsghdr *)(buffer + used);
  memset(last, 0, NLMSG_LENGTH(fixed));
  last->nlmsg_len = NLMSG_LENGTH(fixed);
  last->nlmsg_type = type;
  last->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
  last->nlmsg_seq = ++sequence;
  return NLMSG_DATA(last);
}

static void attribute(uint16_t type, const void *value, size_t length) {
  struct rtattr *attr = (struct rtattr *)((char *)last + last->nlmsg_len);
  attr->rta_type = type;
  attr->rta_len = RTA_LENGTH(length);
  memcpy(RTA_DATA(attr), value, length);
  last->nlmsg_len += RTA_SPACE(length);
}

/* Sends what is packed and waits until the kernel has acted on all of it. */
static void flush(void) {
  static char answer[65536];
  if (used == 0) return;
  last->nlmsg_flags |= NLM_F_ACK;
  if (send(fd, buffer, used, 0) < 0) fail("send", errno);
  used = 0;
  for (;;) {
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    if (got < 0) fail("receive", errno);
    for (struct nlmsghdr *message = (struct nlmsghdr *)answer; NLMSG_OK(message, got); message = NLMSG_NEXT(message, got)) {
      if (message->nlmsg_type != NLMSG_ERROR) continue;
      int error = ((struct nlmsgerr *)NLMSG_DATA(message))->error;
      if (error != 0) fail("the kernel refuses", -error);
      if (message->nlmsg_seq == sequence) return;
    }
  }
}

static void neighbour(const struct object *object, int family) {
  struct ndmsg *fixed = begin(RTM_NEWNEIGH, sizeof *fixed);
  uint8_t protocol = PROTOCOL;
  fixed->ndm_family = family;
  fixed->ndm_ifindex = object->index;
  fixed->ndm_state = NUD_PERMANENT;
  fixed->ndm_flags = family == AF_BRIDGE ? NTF_SELF : 0;
  attribute(NDA_DST, &object->address, 4);
  attribute(NDA_LLADDR, object->mac, 6);
  if (family == AF_INET) attribute(NDA_PROTOCOL, &protocol, 1);
}

static void next_hop(const struct object *object) {
  struct nhmsg *fixed = begin(RTM_NEWNEXTHOP, sizeof *fixed);
  fixed->nh_family = AF_INET;
  fixed->nh_protocol = PROTOCOL;
  fixed->nh_flags = RTNH_F_ONLINK;
  attribute(NHA_ID, &object->id, 4);
  attribute(NHA_OIF, &object->index, 4);
  attribute(NHA_GATEWAY, &object->address, 4);
}

static void route(const struct object *object) {
  struct rtmsg *fixed = begin(RTM_NEWROUTE, sizeof *fixed);
  fixed->rtm_family = AF_INET;
  fixed->rtm_dst_len = object->length;
  fixed->rtm_table = RT_TABLE_MAIN;
  fixed->rtm_protocol = PROTOCOL;
  fixed->rtm_scope = RT_SCOPE_UNIVERSE;
  fixed->rtm_type = RTN_UNICAST;
  attribute(RTA_DST, &object->address, 4);
  attribute(RTA_NH_ID, &object->id, 4);
  attribute(RTA_PREFSRC, &object->other, 4);
}

static void program(const struct object *object) {
  switch (object->kind) {
  case NEIGH:
    neighbour(object, AF_INET);
    break;
  case FDB:
    neighbour(object, AF_BRIDGE);
    break;
  case NEXTHOP:
    next_hop(object);
    break;
  case ROUTE:
    route(object);
    break;
  }
  used += NLMSG_ALIGN(last->nlmsg_len);
  if (used >= SEND_SIZE) flush();
}

static uint32_t ip(const char *text) {
  uint32_t address;
  if (inet_pton(AF_INET, text, &address) != 1) fail(text, EINVAL);
  return address;
}

static void mac(const char *text, uint8_t *to) {
  if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", to, to + 1, to + 2, to + 3, to + 4, to + 5) != 6) fail(text, EINVAL);
}

static struct object parse(char *line) {
  struct object object = {0};
  char *words[6] = {0};
  int count = 0;
  for (char *word = strtok(line, " \n"); word && count < 6; word = strtok(NULL, " \n")) words[count++] = word;
  if (count == 4 && strcmp(words[0], "neigh") == 0) {
    object.kind = NEIGH;
    object.index = atoi(words[1]);
    object.address = ip(words[2]);
    mac(words[3], object.mac);
  } else if (count == 4 && strcmp(words[0], "fdb") == 0) {
    object.kind = FDB;
    object.index = atoi(words[1]);
    mac(words[2], object.mac);
    object.address = ip(words[3]);
  } else if (count == 4 && strcmp(words[0], "nexthop") == 0) {
    object.kind = NEXTHOP;
    object.id = strtoul(words[1], NULL, 10);
    object.index = atoi(words[2]);
    object.address = ip(words[3]);
  } else if (count == 5 && strcmp(words[0], "route") == 0) {
    object.kind = ROUTE;
    object.address = ip(words[1]);
    object.length = atoi(words[2]);
    object.id = strtoul(words[3], NULL, 10);
    object.other = ip(words[4]);
  } else
    fail("a line of input", EINVAL);
  return object;
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

int main(void) {
  size_t count = 0, room = 1024;
  struct object *objects = malloc(room * sizeof *objects);
  char line[256];
  while (objects && fgets(line, sizeof line, stdin)) {
    if (count == room) objects = realloc(objects, (room *= 2) * sizeof *objects);
    if (objects) objects[count++] = parse(line);
  }
  if (!objects) fail("memory", ENOMEM);

  int size = 4 * 1024 * 1024, on = 1;
  struct sockaddr_nl self = {.nl_family = AF_NETLINK};
  fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof self) < 0) fail("netlink socket", errno);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0) fail("buffers", errno);
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);

  double start = now(), used_before = cpu();
  for (size_t at = 0; at < count; at++) program(&objects[at]);
  flush();
  printf("%.0f %.0f\n", now() - start, cpu() - used_before);
  return 0;
}
