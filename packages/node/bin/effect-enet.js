#!/usr/bin/env node
// Not in dist: npm links commands while it installs, before the first build.
import "../dist/bin.js"
