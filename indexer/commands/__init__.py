"""The commands of ``amends``, grouped by what people come for."""
