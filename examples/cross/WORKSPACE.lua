workspace { name = "cross" }

option { name = "arch", values = { "host", "arm64" }, doc = "the machine that programs are for" }

toolchain {
  name = "cc",
  when = { arch = "arm64" },
  cc = "aarch64-linux-gnu-gcc",
  ar = "aarch64-linux-gnu-ar",
  run = { "qemu-aarch64", "-L", "/usr/aarch64-linux-gnu" },
}

config { name = "arm64", mode = "release", options = { arch = "arm64" } }
