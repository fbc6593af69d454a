# Files depend on files; every target a person types has a ## line that `make help` prints.
# The work is done by `perception`, one process per stage; this file only says what depends on what.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON ?= python3
STUDY ?= security_perception
WAVE ?=
LANGS ?=

known_studies := $(patsubst instruments/%/study.yml,%,$(wildcard instruments/*/study.yml))
known_reports := $(patsubst report_templates/%/report.yml,%,$(wildcard report_templates/*/report.yml))
ifeq ($(filter $(STUDY),$(known_studies)),)
$(error there is no study '$(STUDY)'; expected one of: $(known_studies))
endif
REPORT ?= $(shell sed -n 's/^report: *//p' instruments/$(STUDY)/study.yml)
ifeq ($(filter $(REPORT),$(known_reports)),)
$(error there is no report '$(REPORT)'; expected one of: $(known_reports))
endif
STUDIES := $(shell sed -n 's/^studies: *\[\(.*\)\].*/\1/p' report_templates/$(REPORT)/report.yml | tr ',' ' ')
ifneq ($(WAVE),)
ifeq ($(filter $(WAVE),$(patsubst instruments/$(STUDY)/waves/%.yml,%,$(wildcard instruments/$(STUDY)/waves/*.yml))),)
ifeq ($(filter wave-template,$(MAKECMDGOALS)),)
$(error there is no wave '$(WAVE)' in $(STUDY); expected one of: $(patsubst instruments/$(STUDY)/waves/%.yml,%,$(wildcard instruments/$(STUDY)/waves/*.yml)))
endif
endif
endif

READY := .venv/.ready
PERCEPTION := .venv/bin/perception
ON_STUDIES := $(foreach study,$(STUDIES),--study $(study))
OUT := build/$(REPORT)
export PYTHONHASHSEED := 0
export TZ := UTC
export LC_ALL := C.UTF-8

ifeq ($(strip $(STUDIES)),)
$(error report_templates/$(REPORT)/report.yml names no studies; write 'studies: [a, b]' on one line)
endif

# What each stage is made from. A stage leaves a stamp that lists what it wrote: a missing output
# makes it run again. Inputs are compared by content, so that one deleted, or put back with its old
# date, is noticed too.
code = $(filter-out %/__pycache__,$(wildcard $(1)))
CORE_CODE := $(call code,survey/*.py survey/io/*.py survey/io/write/*.py survey/instrument/*.py \
  survey/instrument/comparability/* survey/privacy/*)
CLEAN_CODE := $(CORE_CODE) $(call code,survey/clean/* survey/impute/*.py survey/design/draws.py)
WEIGHT_CODE := $(CORE_CODE) $(call code,survey/design/*.py survey/weights/*.py)
RESULT_CODE := $(CORE_CODE) $(call code,analysis/results/*)
ESTIMATE_CODE := $(RESULT_CODE) $(call code,survey/design/*.py survey/weights/*.py analysis/estimate/*.py \
  analysis/compare/*.py analysis/monitoring/*.py survey/impute/*.py survey/clean/*.py)
FIGURE_CODE := $(RESULT_CODE) $(call code,analysis/compare/*.py analysis/figures/*)
REPORT_CODE := $(RESULT_CODE) $(call code,analysis/tables/* analysis/report/*)
FIGURE_SPECS := $(call code,$(foreach study,$(STUDIES),instruments/$(study)/figures.yml))
comma := ,
LANGUAGES := $(if $(LANGS),$(subst $(comma), ,$(LANGS)),zh en)
DOCUMENTS = $(foreach lang,$(LANGUAGES),$(foreach kind,html pdf docx xlsx,$(OUT)/$(REPORT).$(lang).$(kind)))
listed = $(shell cat $(1) 2>/dev/null)
gone = $(if $(filter-out $(wildcard $(call listed,$(1))),$(call listed,$(1))),FORCE)
# $(call contents,FOLDERS): a list of files with their checksums, renewed only if it differs.
contents = mkdir -p $(@D); find $(1) -type f ! -name '.*' ! -name figures.yml -exec cksum {} + \
  | LC_ALL=C sort > $@.new; if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi

.PHONY: help setup responses weights estimates figures tables report dashboard release test test-shared \
  test-slow test-spark lint verify fuzz simulate bench fonts synth check wave-template clean FORCE

help:  ## show this list
	@echo 'Targets (STUDY=$(STUDY) REPORT=$(REPORT) WAVE= LANGS= select):'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 24

setup:  ## make .venv from the lock, find the browser, check the fonts
	@$(PYTHON) survey/bootstrap.py

$(READY): requirements.lock pyproject.toml report_templates/fonts/SHA256SUMS survey/bootstrap.py
	@$(PYTHON) survey/bootstrap.py

$(OUT)/stages/data: FORCE
	@$(call contents,$(addprefix instruments/,$(STUDIES)) $(addprefix data/raw/,$(STUDIES)))

$(OUT)/stages/templates: FORCE
	@$(call contents,report_templates/$(REPORT) report_templates/styles report_templates/fonts)

$(OUT)/stages/selection: FORCE
	@mkdir -p $(@D); echo 'WAVE=$(WAVE) LANGS=$(LANGS)' | cmp -s - $@ || echo 'WAVE=$(WAVE) LANGS=$(LANGS)' > $@

$(OUT)/stages/responses: $(READY) $(OUT)/stages/data $(CLEAN_CODE) $(call gone,$(OUT)/stages/responses)
	@$(PERCEPTION) responses $(ON_STUDIES) --written $@

$(OUT)/stages/weights: $(OUT)/stages/responses $(WEIGHT_CODE) $(call gone,$(OUT)/stages/weights)
	@$(PERCEPTION) weights $(ON_STUDIES) --written $@

$(OUT)/stages/estimates: $(OUT)/stages/weights $(ESTIMATE_CODE) $(call gone,$(OUT)/stages/estimates)
	@$(PERCEPTION) estimates $(ON_STUDIES) --written $@

$(OUT)/stages/figures: $(OUT)/stages/estimates $(FIGURE_SPECS) $(FIGURE_CODE) $(call gone,$(OUT)/stages/figures)
	@$(PERCEPTION) figures $(ON_STUDIES) --written $@

$(OUT)/stages/report: $(OUT)/stages/figures $(OUT)/stages/selection $(OUT)/stages/templates $(REPORT_CODE) $(call gone,$(OUT)/stages/report)
	@$(PERCEPTION) report --report $(REPORT) $(if $(WAVE),--wave $(WAVE)) $(if $(LANGS),--langs $(LANGS)) --written $@

responses: $(OUT)/stages/responses  ## clean data with an audit row per change
weights: $(OUT)/stages/weights  ## calibrated weights with their record
estimates: $(OUT)/stages/estimates  ## every number with its error: build/<study>/estimates.parquet
figures: $(OUT)/stages/figures  ## figures as JSON, SVG and PNG, in every language
report: $(OUT)/stages/report  ## the white paper: HTML, PDF, Word and a workbook, in every language
	@echo "$(DOCUMENTS)" | tr ' ' '\n' | sed 's/^/  /'
tables: $(OUT)/stages/figures  ## the report's tables alone: CSV and workbook
	@$(PERCEPTION) tables --report $(REPORT) $(if $(LANGS),--langs $(LANGS))

dashboard: $(OUT)/stages/estimates  ## serve the briefing dashboard on this machine
	@$(PERCEPTION) dashboard $(ON_STUDIES)

check: $(READY)  ## check every study's files and report every fault
	@$(PERCEPTION) check

wave-template: $(READY)  ## start a new wave: make wave-template WAVE=2018H2
	@$(PERCEPTION) wave-template --study $(STUDY) --wave $(WAVE)

synth: $(READY)  ## make the simulated raw files again (fixed seed)
	@$(PERCEPTION) synth $(foreach study,$(known_studies),--study $(study))

fonts: $(READY)  ## rebuild the committed font subsets (needs the network)
	@$(PERCEPTION) fonts

test: $(READY)  ## run the tests
	@.venv/bin/python -m pytest -n auto --maxprocesses=4

test-shared: $(READY)  ## tests on survey files that may not be shipped (../shared/data)
	@.venv/bin/python -m pytest -m shared

test-slow: $(READY)  ## whole builds, reproducibility, a new wave as files only
	@.venv/bin/python -m pytest -m slow

test-spark: $(READY)  ## the Spark engine in local mode (installs PySpark; needs Java)
	@.venv/bin/python -m pip install -q --disable-pip-version-check -r requirements-spark.lock
	@.venv/bin/python -m pytest -m slow tests/spark

lint: $(READY)  ## ruff, mypy and the import contracts
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports && .venv/bin/mypy

verify: report  ## rebuild in a clean clone and compare every output
	@$(PERCEPTION) verify --report $(REPORT)

release: verify  ## the verified build, frozen with its manifests under build/release/
	@$(PERCEPTION) release --report $(REPORT)

fuzz: $(READY)  ## ten thousand damaged files through every reader
	@.venv/bin/python benchmarks/fuzz_readers.py

simulate: $(READY)  ## coverage and bias on populations with known truth (docs/simulation.md)
	@.venv/bin/python -m tests.simulation.run
	@.venv/bin/python -m tests.simulation.imputation

bench: $(READY)  ## time make report and the statistics core, against peers and limits
	@.venv/bin/python benchmarks/report.py
	@.venv/bin/python -m benchmarks.statistics
	@.venv/bin/python benchmarks/monitoring.py
	@.venv/bin/python -m benchmarks.cleaning

clean:  ## delete what was built, never raw data
	rm -rf build data/clean/*/

FORCE:
