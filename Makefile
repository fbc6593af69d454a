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

# What each stage is made from. A stage leaves a stamp; a missing output forces it to run again.
CORE_CODE := $(wildcard survey/*.py survey/io/*.py survey/instrument/*.py)
CLEAN_CODE := $(CORE_CODE) $(wildcard survey/clean/*.py)
WEIGHT_CODE := $(CORE_CODE) $(wildcard survey/design/*.py survey/weights/*.py)
RESULT_CODE := $(CORE_CODE) $(wildcard analysis/results/*)
ESTIMATE_CODE := $(RESULT_CODE) $(wildcard survey/design/*.py analysis/estimate/*.py analysis/compare/*.py analysis/monitoring/*.py)
FIGURE_CODE := $(RESULT_CODE) $(wildcard analysis/figures/* report_templates/fonts/* report_templates/styles/palette.yml)
REPORT_CODE := $(RESULT_CODE) $(wildcard analysis/tables/* analysis/report/* report_templates/styles/* report_templates/fonts/*)
RAW := $(foreach study,$(STUDIES),$(wildcard data/raw/$(study)/* data/raw/$(study)/*/*))
INSTRUMENTS := $(foreach study,$(STUDIES),$(wildcard instruments/$(study)/*.yml instruments/$(study)/*/*))
FIGURE_SPECS := $(foreach study,$(STUDIES),$(wildcard instruments/$(study)/figures.yml))
DATA_SPECS := $(filter-out $(FIGURE_SPECS),$(INSTRUMENTS))
TEMPLATES := $(shell find report_templates/$(REPORT) -type f)
ESTIMATES := $(foreach study,$(STUDIES),build/$(study)/estimates.parquet)
LANGUAGES := $(if $(LANGS),$(subst $(comma), ,$(LANGS)),zh en)
comma := ,
DOCUMENTS = $(foreach lang,$(LANGUAGES),$(foreach kind,html pdf docx xlsx,$(OUT)/$(REPORT).$(lang).$(kind)))
unless_there = $(if $(filter-out $(wildcard $(1)),$(1)),FORCE)

.PHONY: help setup responses weights estimates figures tables report dashboard release test test-shared \
  test-slow lint verify bench fonts synth check wave-template clean FORCE

help:  ## show this list
	@echo 'Targets (STUDY=$(STUDY) REPORT=$(REPORT) WAVE= LANGS= select):'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 24

setup:  ## make .venv from the lock, find the browser, check the fonts
	@$(PYTHON) survey/bootstrap.py

$(READY): requirements.lock pyproject.toml report_templates/fonts/SHA256SUMS survey/bootstrap.py
	@$(PYTHON) survey/bootstrap.py

$(OUT)/stages/responses: $(READY) $(DATA_SPECS) $(RAW) $(CLEAN_CODE)
	@$(PERCEPTION) responses $(ON_STUDIES)
	@mkdir -p $(@D) && touch $@

$(OUT)/stages/weights: $(OUT)/stages/responses $(WEIGHT_CODE)
	@$(PERCEPTION) weights $(ON_STUDIES)
	@touch $@

$(OUT)/stages/estimates: $(OUT)/stages/weights $(ESTIMATE_CODE) $(call unless_there,$(ESTIMATES))
	@$(PERCEPTION) estimates $(ON_STUDIES)
	@touch $@

$(OUT)/stages/figures: $(OUT)/stages/estimates $(FIGURE_SPECS) $(FIGURE_CODE)
	@$(PERCEPTION) figures $(ON_STUDIES)
	@touch $@

$(OUT)/stages/selection: FORCE
	@mkdir -p $(@D); echo 'WAVE=$(WAVE) LANGS=$(LANGS)' | cmp -s - $@ || echo 'WAVE=$(WAVE) LANGS=$(LANGS)' > $@

$(OUT)/stages/report: $(OUT)/stages/figures $(OUT)/stages/selection $(TEMPLATES) $(REPORT_CODE) $(call unless_there,$(DOCUMENTS))
	@$(PERCEPTION) report --report $(REPORT) $(if $(WAVE),--wave $(WAVE)) $(if $(LANGS),--langs $(LANGS))
	@touch $@

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
	@.venv/bin/python -m pytest

test-shared: $(READY)  ## tests on survey files that may not be shipped (../shared/data)
	@.venv/bin/python -m pytest -m shared

test-slow: $(READY)  ## whole builds, reproducibility, a new wave as files only
	@.venv/bin/python -m pytest -m slow

lint: $(READY)  ## ruff, mypy and the import contracts
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports && .venv/bin/mypy

verify: report  ## rebuild in a clean clone and compare every output
	@$(PERCEPTION) verify --report $(REPORT)

release: verify  ## the verified build, frozen with its manifest under build/release/
	@$(PERCEPTION) release --report $(REPORT)

bench: $(READY)  ## time make report from nothing, after an edit, and with nothing to do
	@.venv/bin/python benchmarks/report.py

clean:  ## delete what was built, never raw data
	rm -rf build data/clean/*/

FORCE:
