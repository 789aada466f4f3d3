"""Prices are in euro cents."""
from shop.currency import RATES


def convert(cents, currency):
    return cents * RATES[currency] // 100
